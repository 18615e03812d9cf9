"""`manage.py benchmark`: what the clinic's work costs, held against the least that it could cost."""
