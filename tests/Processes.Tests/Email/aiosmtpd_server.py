"""Runs aiosmtpd for AioSmtpdTests: python3 aiosmtpd_server.py none|starttls|tls CERTIFICATE.

Prints one JSON object a line: first its port, then each message that it took over, as Python's own parser reads it.
Ends when its standard input does.
"""
import asyncio
import json
import ssl
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self):
        self.greylisted = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("unknown"):
            return f"550 5.1.1 <{address}>: no such mailbox"
        if address.startswith("greylisted") and address not in self.greylisted:
            self.greylisted.add(address)
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        tell(
            tls=server.transport.get_extra_info("cipher") is not None,
            user=session.auth_data,
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            headers={name: str(value) for name, value in mail.items()},
            defects=len(mail.defects),
            text=mail.get_body(("plain",)).get_content().replace("\r\n", "\n"),
            html=mail.get_body(("html",)).get_content().replace("\r\n", "\n"),
        )
        return "554 5.7.1 no advertising" if "advertising" in mail["Subject"] else "250 OK"


def authenticate(server, session, envelope, mechanism, login):
    if (login.login, login.password) != (b"orders", "pässword".encode()):
        return AuthResult(success=False, handled=False)
    return AuthResult(success=True, auth_data=login.login.decode())


def tell(**what):
    print(json.dumps(what), flush=True)


async def main(mode, certificate):
    tls = None
    if mode != "none":
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
    handler = Handler()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(
            handler,
            enable_SMTPUTF8=True,
            tls_context=tls if mode == "starttls" else None,
            require_starttls=mode == "starttls",
            authenticator=authenticate if tls else None,
            auth_required=tls is not None,
            auth_require_tls=mode == "starttls",
        ),
        "127.0.0.1",
        0,
        ssl=tls if mode == "tls" else None,
    )
    tell(port=server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main(*sys.argv[1:]))
