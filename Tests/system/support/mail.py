"""A mail server to send to: aiosmtpd, which keeps what it took and answers as a test asks."""

import email
import email.policy
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from support.processes import free_port


class Post:
    """`answers[recipient]` is a list of what the server does with the next messages to them: an SMTP answer to RCPT
    (`rcpt 550 …`) or to the end of the message (`data 451 …`), or `drop`, which takes the message and breaks off, or
    `hang`, which takes it and says nothing for long. Without an entry everything is taken."""

    def __init__(self, context=None, login=None):
        self.port = free_port()
        self.taken = []
        self.answers = {}
        self.seen = []
        self.sessions = []
        self._login = login
        self._options = {}
        if context:
            self._options = {"tls_context": context, "require_starttls": True}
        if login:
            self._options |= {"authenticator": self._check, "auth_required": True}
        self._controller = None

    def _check(self, server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login.decode(), data.password.decode()) == self._login)

    def start(self):
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **self._options)
        self._controller.start()
        return self

    def stop(self):
        if self._controller:
            self._controller.stop()
            self._controller = None

    def _next(self, recipient, stage):
        answers = self.answers.get(recipient.lower(), [])
        if answers and (answers[0].startswith(stage) or (stage == "data" and answers[0] in ("drop", "hang"))):
            return answers.pop(0)
        return None

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.seen.append(address)
        answer = self._next(address, "rcpt")
        if answer:
            return answer.split(" ", 1)[1]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        import asyncio

        answer = self._next(envelope.rcpt_tos[0], "data")
        if answer and answer.startswith("data"):
            return answer.split(" ", 1)[1]
        self.sessions.append(session)
        self.taken.append((envelope.mail_from, list(envelope.rcpt_tos), bytes(envelope.content)))
        if answer == "drop":
            server.transport.abort()
        if answer == "hang":
            await asyncio.sleep(30)
        return "250 OK"

    def letters(self, to):
        """What was taken for an address, parsed, the oldest first."""
        return [email.message_from_bytes(content, policy=email.policy.default)
                for _, recipients, content in list(self.taken) if to in recipients]

    def wait(self, to, count=1, seconds=30):
        end = time.monotonic() + seconds
        while len(self.letters(to)) < count:
            assert time.monotonic() < end, f"{len(self.letters(to))} of {count} letters to {to}"
            time.sleep(0.05)
        return self.letters(to)[count - 1]
