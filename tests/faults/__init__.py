"""Kills real processes in the middle of traffic; the checker then compares the database with what the clients saw."""
