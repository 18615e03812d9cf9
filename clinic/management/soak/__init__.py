"""`manage.py soak NAME`: a reliability test in full size, on servers of its own, ended with them."""
