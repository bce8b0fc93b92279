"""Who calls: a bearer JWT (OAuth 2.1) becomes an `Actor`. The only place where an actor is made from a credential."""

import hashlib
import time
from collections import OrderedDict
from typing import Annotated, Any

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.calls import Actor, ActorKind
from handrail.gateway.keys import UnknownKey, keys_from
from handrail.settings import Settings

ALGORITHMS = ("EdDSA", "RS256", "ES256")
MAX_TOKEN_CHARS = 8_192
LEEWAY_S = 5
CACHED_TOKENS = 4_096
CACHED_FOR_S = 60.0
"""A key that the issuer takes back stops working after this long at the latest."""

_Id = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Tenant = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class TokenRefused(Exception):
    """The credential is missing, wrong, expired or for somebody else. The message never repeats the token."""


class Claims(BaseModel):
    """What a token must and may say. Claims that are not ours are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True)

    sub: _Id
    exp: float
    kind: str
    name: _Text = ""
    tenant: _Tenant | None = None
    scope: str = ""
    roles: list[_Text] = []
    agent_version: _Text = ""
    model: _Text = ""


class TokenVerifier:
    """Checks issuer, audience, expiry and signature against the issuer's JWKS; remembers what it has checked."""

    def __init__(self, settings: Settings) -> None:
        """Raises ValueError when the settings would let anybody's token in."""
        if not settings.issuer or not settings.audience:
            raise ValueError(
                "HANDRAIL_ISSUER and HANDRAIL_AUDIENCE must not be empty: tokens are checked against them."
            )
        self._issuer = settings.issuer
        self._audience = settings.audience
        self._tenant = settings.tenant
        self._keys = keys_from(settings.jwks_source)
        self._known: OrderedDict[bytes, tuple[Actor, float]] = OrderedDict()

    async def verify(self, token: str) -> Actor:
        """Raises TokenRefused, or KeysUnavailable when the issuer's keys cannot be read."""
        if not token or len(token) > MAX_TOKEN_CHARS or not token.isascii():
            raise TokenRefused("The bearer token is empty, too long or not ASCII.")
        mark = hashlib.sha256(token.encode()).digest()
        known = self._known.get(mark)
        if known and time.time() < known[1]:
            return known[0]
        claims = await self._claims(token)
        actor = self._actor(claims)
        self._remember(mark, actor, until=min(claims.exp + LEEWAY_S, time.time() + CACHED_FOR_S))
        return actor

    async def check(self) -> None:
        """Raises KeysUnavailable when no token could be checked now."""
        await self._keys.check()

    async def _claims(self, token: str) -> Claims:
        try:
            key = await self._keys.key(_kid(token))
            payload: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
            return Claims.model_validate(payload)
        except UnknownKey as failure:
            raise TokenRefused("The token's key id is none of the issuer's keys.") from failure
        except ValidationError as failure:
            fields = ", ".join(sorted({str(error["loc"][0]) for error in failure.errors()}))
            raise TokenRefused(f"The token's claims are missing or malformed: {fields}.") from failure
        except jwt.PyJWTError as failure:
            raise TokenRefused(_reason(failure)) from failure
        # Headers and claims come from anybody: 8 KB of "[" ends Python's JSON scanner with a RecursionError.
        except (ValueError, TypeError, OverflowError, RecursionError) as failure:
            raise TokenRefused("The bearer token is not a JWT.") from failure

    def _actor(self, claims: Claims) -> Actor:
        if claims.kind not in set(ActorKind):
            raise TokenRefused("The token's claim `kind` must be ai, human or system.")
        return Actor(
            id=claims.sub,
            kind=ActorKind(claims.kind),
            tenant=claims.tenant or self._tenant,
            name=claims.name,
            scopes=frozenset(claims.scope.split()),
            roles=frozenset(claims.roles),
            agent_version=claims.agent_version,
            model=claims.model,
        )

    def _remember(self, mark: bytes, actor: Actor, until: float) -> None:
        self._known[mark] = (actor, until)
        self._known.move_to_end(mark)
        if len(self._known) > CACHED_TOKENS:
            self._known.popitem(last=False)


def _kid(token: str) -> str:
    header = jwt.get_unverified_header(token)
    if header.get("alg") not in ALGORITHMS:
        raise TokenRefused(f"The token's algorithm must be one of {', '.join(ALGORITHMS)}.")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise TokenRefused("The token's header has no key id (`kid`).")
    return kid


def _reason(failure: jwt.PyJWTError) -> str:
    match failure:
        case jwt.ExpiredSignatureError():
            return "The token has expired; get a new one."
        case jwt.InvalidAudienceError():
            return "The token is for another audience."
        case jwt.InvalidIssuerError():
            return "The token is from another issuer."
        case jwt.ImmatureSignatureError():
            return "The token is not valid yet."
        case jwt.MissingRequiredClaimError():
            return f"The token has no claim `{failure.claim}`."
        case jwt.InvalidAlgorithmError():
            return "The token's algorithm does not fit the key."
        case jwt.InvalidSignatureError():
            return "The token's signature is wrong."
        case _:
            return "The bearer token is not a valid JWT."
