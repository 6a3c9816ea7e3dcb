"""Cambrian's trainer: gates, trains and scores one token mixer at a time. See README.md."""
