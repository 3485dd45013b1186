"""A name server that knows some TXT records, asked over UDP as any other."""

from __future__ import annotations

import socketserver
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class NameServer:
    """`records` by name, without the final dot; each is a list of the strings of its value."""

    def __init__(self) -> None:
        self.records: dict[str, list[str]] = {}
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
        name = asked.question[0].name
        strings = self.records.get(name.to_text(omit_final_dot=True))
        if strings is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            text = " ".join(f'"{string}"' for string in strings)
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", text))
        return answer.to_wire(max_size=4096)

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, connection = self.request
                connection.sendto(server.answer_to(data), self.client_address)

        return Handler
