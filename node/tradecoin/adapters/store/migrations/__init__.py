"""The schema's history: one revision a change, its SQL beside it for either database."""
