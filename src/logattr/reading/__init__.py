"""From bytes to events: sources, formats, parsers, and which address is the client."""
