"""June STT on one machine: fetches and builds what it needs, starts it, speaks to it and stops it again."""
