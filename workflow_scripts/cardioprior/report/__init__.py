"""The pages of a run: what they say, how they look, and what they hold."""
