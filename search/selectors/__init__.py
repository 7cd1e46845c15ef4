"""Reads of search. Whatever the engine or the vectors propose is checked against the database before anyone sees it."""
