"""Reads of what AI has done."""
