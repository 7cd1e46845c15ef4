"""What moderation keeps, and for how long."""

from gochat_site.settings.base import env

# Days for which reports may still ask what a message said before, and for which a resolved report keeps its evidence.
ORIGINALS_KEPT_DAYS = env.int("ORIGINALS_KEPT_DAYS", 30)
EVIDENCE_KEPT_DAYS = env.int("EVIDENCE_KEPT_DAYS", 180)
# Days for which it is known which messages the word filter has caught, and how many it has refused.
FILTER_HITS_KEPT_DAYS = env.int("FILTER_HITS_KEPT_DAYS", 90)
# How long a banned person may appeal from the day they are told.
APPEAL_WINDOW_DAYS = env.int("APPEAL_WINDOW_DAYS", 90)
