"""The places that run a job: one platform is one folder, and knows no other platform."""
