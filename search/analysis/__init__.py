"""How text becomes terms, the same for the index, for queries, for the check in the database and for highlights.

The engine only ever sees tokens that this package has made, joined by spaces, so that every engine finds the same.
"""
