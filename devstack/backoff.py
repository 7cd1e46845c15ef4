"""When a child that ended is started again."""

FIRST_S = 0.5
LONGEST_S = 30.0
STEADY_S = 60.0


class Backoff:
    """Half a second after the first end, twice as long after each further one, at most 30 s.

    A child that has run for a minute has earned a fresh start.
    """

    def __init__(self) -> None:
        self._delay_s = FIRST_S

    def next_delay(self, *, ran_for_s: float) -> float:
        """The seconds to wait after a child that ended having run for `ran_for_s`."""
        if ran_for_s >= STEADY_S:
            self._delay_s = FIRST_S
        delay = self._delay_s
        self._delay_s = min(LONGEST_S, delay * 2)
        return delay
