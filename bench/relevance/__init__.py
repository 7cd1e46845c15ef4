"""How well search finds what people look for, on a bilingual corpus of chat messages with hand-written queries."""
