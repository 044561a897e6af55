"""One run of a job on any platform: session, launch, waiting, stop, ending, verdict."""
