"""Measures logattr beside its peers: ``python -m benchmarks``; what is measured stands in figures.py."""
