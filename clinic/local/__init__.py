"""The servers of one machine: what ./run and ./check start where no others are named.

Production uses none of this: with DATABASE_URL, REDIS_URL and EMAIL_URL set, nothing here runs.
"""
