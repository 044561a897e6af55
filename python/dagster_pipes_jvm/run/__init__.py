"""One run of a job on any platform: session, launch, observation, stop, end, verdict."""
