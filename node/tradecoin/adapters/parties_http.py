"""The signing parties over HTTP: the node's side of `POST /sign`."""

from collections.abc import Mapping
from typing import Any

import httpx

from tradecoin.ports.parties import (
    AttestationRequest,
    PartyRefused,
    PartyUnreachable,
    Signature,
    VoucherRequest,
)
from tradecoin.signing.hashing import BadAddress, address_bytes, checksum_address
from tradecoin.signing.keys import BadSignature, recover64
from tradecoin.signing.typed import Domain, attestation_digest, vouchers_digest
from tradecoin.signing.wire import to_json

_SECONDS = 30


class HttpParty:
    """One party at its address; connections are kept. Each question is asked once and bounded in time.

    A signature that does not recover to the stated signer is dropped here: packed, it would spoil the others.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        domain: Domain,
        signer: str = "",
        timeout_seconds: int = _SECONDS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Remember the address; nothing is opened before the first question.

        `domain` is that of the contract which checks the signature; `signer` the address expected, blank for any.
        `transport` is for tests.
        """
        self.name = name
        self.domain = domain
        self._signer = signer
        self._client = httpx.Client(base_url=url, timeout=timeout_seconds, transport=transport, trust_env=False)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def status(self) -> Mapping[str, Any]:
        """Return what the party says about itself; raises PartyUnreachable."""
        return self._answer("GET", "/status", None)[1]

    def _sign(self, kind: str, request: object, digest: bytes) -> Signature:
        """Ask for a signature of `digest`."""
        status, body = self._answer("POST", "/sign", {"kind": kind, "message": to_json(request)})
        if status == 200:
            return self._signature(body, digest)
        if status >= 500 or status in (408, 429):
            raise self._unreachable(body.get("code", ""), str(body.get("message", status)))
        raise PartyRefused(
            str(body.get("message") or f"{self.name} refuses: {body.get('code', status)}"),
            party=self.name,
            told=body.get("code", ""),
            differences=body.get("differences") or [],
            figures=body.get("figures"),
        )

    def _answer(self, method: str, path: str, body: object) -> tuple[int, dict[str, Any]]:
        """Exchange JSON; raises PartyUnreachable for silence and for what is no JSON object."""
        try:
            response = self._client.request(method, path, json=body)
            answer = response.json()
        except (httpx.HTTPError, ValueError) as problem:
            raise self._unreachable(type(problem).__name__, "no answer that makes sense") from problem
        if not isinstance(answer, dict):
            raise self._unreachable("no_object", "the answer is no object")
        return response.status_code, answer

    def _signature(self, body: Mapping[str, Any], digest: bytes) -> Signature:
        """Read a signature and check that it is the stated signer's."""
        try:
            signer = checksum_address(address_bytes(body["signer"]))
            signature = bytes.fromhex(body["signature"].removeprefix("0x"))
            if recover64(signature, digest) != signer or self._signer not in ("", signer):
                raise BadSignature("the signature is not that of the signer")
        except (KeyError, AttributeError, ValueError, BadAddress, BadSignature) as problem:
            raise self._unreachable("bad_signature", "the answer holds no signature of this party") from problem
        return Signature(signer, signature)

    def _unreachable(self, code: str, message: str) -> PartyUnreachable:
        """Return the error for a party that gives no usable answer now."""
        return PartyUnreachable(f"{self.name}: {message}", party=self.name, told=code)


class HttpBankSigner(HttpParty):
    """A bank signer over HTTP."""

    def sign_vouchers(self, request: VoucherRequest) -> Signature:
        """Return the signature; raises PartyRefused (facts: told, differences), PartyUnreachable."""
        digest = vouchers_digest(
            self.domain, signer_set=request.signer_set, expires_at=request.expires_at, vouchers=request.vouchers
        )
        return self._sign("vouchers", request, digest)


class HttpAttestor(HttpParty):
    """An auditor over HTTP."""

    def sign_attestation(self, request: AttestationRequest) -> Signature:
        """Return the signature; raises PartyRefused (facts: told, differences, figures as JSON), PartyUnreachable."""
        figures = request.figures
        digest = attestation_digest(
            self.domain,
            signer_set=request.signer_set,
            prev=request.prev,
            reserves=figures.reserves,
            encumbered=figures.encumbered,
            settling=figures.settling,
            claims=figures.claims,
            claims_root=request.claims_root,
            evidence=request.evidence,
            cut=request.cut,
        )
        return self._sign("attestation", request, digest)
