"""Words found in texts, however they are disguised: folding, the automaton, and the rules of now."""
