"""A name server of the test's own, asked over UDP as any other."""

from __future__ import annotations

import socketserver
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class NameServer:
    """`records` are TXT records by name, without the final dot: the strings of each value.

    `others` are records of other kinds, by kind and name. Names in `silent` get SERVFAIL.
    """

    def __init__(self) -> None:
        self.records: dict[str, list[str]] = {}
        self.others: dict[tuple[str, str], list[str]] = {}
        self.silent: set[str] = set()
        self._server = socketserver.UDPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer_to(self, question: bytes) -> bytes:
        asked = dns.message.from_wire(question)
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.RA
        name, kind = asked.question[0].name, dns.rdatatype.to_text(asked.question[0].rdtype)
        plain = name.to_text(omit_final_dot=True)
        rows = self._rows(kind, plain)
        if plain in self.silent:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif rows:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *rows))
        elif not self._knows(plain):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire(max_size=4096)

    def _rows(self, kind: str, name: str) -> list[str]:
        if kind == "TXT" and name in self.records:
            return [" ".join(f'"{string}"' for string in self.records[name])]
        return self.others.get((kind, name), [])

    def _knows(self, name: str) -> bool:
        """Also a name that only has others below it."""
        names = [*self.records, *(one for _, one in self.others)]
        return any(one == name or one.endswith(f".{name}") for one in names)

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, connection = self.request
                connection.sendto(server.answer_to(data), self.client_address)

        return Handler
