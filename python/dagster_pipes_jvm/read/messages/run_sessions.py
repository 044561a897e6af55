"""The sessions and channels of one run, and the attempts that they belong to."""

from dagster_pipes_jvm.read.messages.channel import OWN_CHANNEL, ChannelAccount
from dagster_pipes_jvm.read.messages.numbered import NumberedSession
from dagster_pipes_jvm.read.messages.verdict import Sessions


class RunSessions:
    """All sessions of a run, and those that count. Threads: one at a time, see `RunAccount`.

    Attributes:
        attempt (int): the last attempt of the job that is known.
        channels (dict[str, ChannelAccount]): the channels by name.
        by_id (dict[str, NumberedSession]): the sessions with identities.
    """

    def __init__(self) -> None:
        self.attempt = 1
        self.channels = {OWN_CHANNEL: ChannelAccount()}
        self.by_id: dict[str, NumberedSession] = {}
        self._attempts: dict[str, int] = {}
        self._attempt_of_job = 1

    def session(self, id: str) -> NumberedSession:
        """The session with this id; a new one if nothing came from it."""
        if id not in self.by_id:
            # Without its `opened` it counts, so that a lost `opened` is noticed.
            self.by_id[id] = NumberedSession(id, self.attempt)
            for channel in self.channels.values():
                if channel.is_output:
                    channel.forget_unnumbered()
        return self.by_id[id]

    def begin_attempt(self, number: int, channel: ChannelAccount) -> None:
        """Note that a channel brings an attempt of the job, as its platform's logs say."""
        channel.begin_attempt(number)
        self.attempt = max(self.attempt, number)
        self._attempt_of_job = max(self._attempt_of_job, number)

    def open(self, session: NumberedSession, channel: ChannelAccount) -> None:
        """Note the attempt that the `opened` of a session names."""
        channel.begin_attempt(session.attempt)
        self.attempt = max(self.attempt, session.attempt)
        if (application := session.application) is not None:
            self._attempts[application] = max(self._attempts.get(application, 1), session.attempt)

    def is_of_last_attempt(self, session: NumberedSession) -> bool:
        """Whether a session counts: no later attempt has taken its place."""
        if session.is_only_attempt:
            return True
        # Two applications of one run each have attempts of their own.
        of_application = self.attempt if session.application is None else self._attempts[session.application]
        return session.attempt >= max(of_application, self._attempt_of_job)

    def is_live(self, channel: ChannelAccount) -> bool:
        """Whether a session of the last attempt is open on a channel."""
        if channel.is_open and channel.attempt == self.attempt:
            return True
        sessions = (self.by_id[id] for id in channel.session_ids)
        return any(not session.is_closed and self.is_of_last_attempt(session) for session in sessions)

    def closed_in(self, attempt: int) -> list[bool]:
        """For each session of an attempt whether it has closed."""
        closed = [session.is_closed for session in self.by_id.values() if session.attempt == attempt]
        for channel in self.channels.values():
            if (is_closed := channel.closed_in(attempt)) is not None:
                closed.append(is_closed)
        return closed

    @property
    def are_unnumbered_text(self) -> bool:
        """Whether a message without an identity is printed text."""
        has_unnumbered = any(channel.has_unnumbered_session for channel in self.channels.values())
        return bool(self.by_id) and not has_unnumbered

    @property
    def is_whole(self) -> bool:
        """Whether sessions have come, all of them have closed, and no number is missing."""
        sessions, channels = self._counting(), self._counting_channels().values()
        if any(channel.is_open for channel in channels) or not all(session.is_complete for session in sessions):
            return False
        return bool(sessions) or any(channel.is_closed for channel in channels)

    def found(self) -> Sessions:
        """The sessions that count, for the verdict."""
        channels, sessions = self._counting_channels(), self._counting()
        printed = {name for channel in channels.values() for name in channel.printed.results}
        reported = {name for session in sessions for name in session.results}
        return Sessions(
            sessions, channels, is_numbered=self.are_unnumbered_text, printed_results=sorted(printed - reported)
        )

    def _counting(self) -> list[NumberedSession]:
        return [session for session in self.by_id.values() if self.is_of_last_attempt(session)]

    def _counting_channels(self) -> dict[str, ChannelAccount]:
        return {name: channel for name, channel in self.channels.items() if channel.attempt >= self.attempt}
