"""What people see of the service: a page with a form, its API as a page and as OpenAPI.

In: the newest version that is served.
Out: HTML that asks no other host for anything, and JSON.
Open first: `pages.py`, which has the paths; `openapi.py`, from which the rest is made.
"""
