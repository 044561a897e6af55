"""Where a job runs: one platform is one folder, and knows no other platform."""
