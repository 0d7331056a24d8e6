"""Small real servers and certificates for the tests of targets; everything stays on this machine."""

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from holdshort.connectors.write.outcomes import Order

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PAYLOAD = {"to": ["ana@customer.example"], "subject": "Kickoff", "body": "Tuesday, 10:00."}


def order(key="d1gest-1", payload=None, *, kind="send_customer_message", release="12/a3"):
    return Order(kind, PAYLOAD if payload is None else payload, key, "ACC-1/OPP-1/closed_won", release)


class Authority:
    """A certificate authority that exists for one test run."""

    def __init__(self):
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        self._own = self._signed(self._name, self._key.public_key(), None)

    def trusting(self):
        """A client's context that trusts this authority alone."""
        context = ssl.create_default_context(
            cadata=self._own.public_bytes(serialization.Encoding.PEM).decode()
        )
        # Python 3.13 asks for extensions that this small authority does not write.
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        return context

    def server(self, folder, *names):
        """A server's context with a certificate for these names."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        certificate = self._signed(subject, key.public_key(), names)
        file = folder / f"{names[0].replace(':', '_')}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _signed(self, subject, public_key, names):
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
        )
        if names:
            alternatives = [_alternative(each) for each in names]
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@contextlib.contextmanager
def listening(handle, *, tls=None):
    """
    A server that calls `handle(connection, number)` for each connection, counted from 0; yields its port.

    `tls` is a server's context; a client that breaks the handshake off is not handed on.
    """
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve():
        number = 0
        while not over.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=each, args=(connection, number), daemon=True).start()
            number += 1

    def each(connection, number):
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            handle(connection if tls is None else tls.wrap_socket(connection, server_side=True), number)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        over.set()
        server.close()


def read_request(connection):
    """One HTTP request with a Content-Length, as bytes."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def free_port():
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Routes:
    """A connector that stands for the internet: what is connected to is noted, and led to a local port."""

    def __init__(self, port):
        self.port = port
        self.reached = []

    def __call__(self, address, port, timeout_s):
        self.reached.append((address, port))
        return socket.create_connection(("127.0.0.1", self.port), timeout_s)


class Names:
    """A resolver that answers each question with the next of its answers, and the last one for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, host, port):
        self.asked.append((host, port))
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return found
