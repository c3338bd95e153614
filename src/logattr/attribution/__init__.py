"""From events and tagged addresses to clients with a class, a grade and reasons."""
