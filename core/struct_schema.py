"""The contract's msgspec structs in the OpenAPI document, and the errors of a call by their codes."""

from collections import defaultdict
from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiResponse

from core.errors import HTTP_STATUS, ErrorCode
from core.schema import ErrorSerializer

REF_TEMPLATE = "#/components/schemas/{name}"


class StructExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call] # registers itself, untyped
    """Lets `@extend_schema` take structs: their fields and docstrings become components."""

    target_class = "msgspec.Struct"
    match_subclasses = True

    def get_name(self, auto_schema: Any, direction: Any) -> str:
        """The component's name."""
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        """The struct's schema; the structs inside it are registered beside it."""
        _refs, components = msgspec.json.schema_components([self.target], ref_template=REF_TEMPLATE)
        for inner in _structs_within(self.target) - {self.target}:
            name = inner.__name__
            schema = components[name]
            component = ResolvedComponent(  # type: ignore[no-untyped-call] # the package is typed in part
                name=name, type=ResolvedComponent.SCHEMA, object=inner, schema=schema
            )
            auto_schema.registry.register_on_missing(component)
        return components[self.target.__name__]


def _structs_within(struct: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    """The struct and every struct that its fields mention."""
    found: set[type[msgspec.Struct]] = set()
    waiting: list[Any] = [msgspec.inspect.type_info(struct)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, msgspec.inspect.StructType):
            if node.cls in found:
                continue
            found.add(node.cls)
        if isinstance(node, tuple):
            waiting.extend(node)
        elif isinstance(node, msgspec.inspect.Type | msgspec.inspect.Field):
            waiting.extend(getattr(node, name) for name in node.__struct_fields__)
    return found


def page_struct(name: str, item: Any) -> type[msgspec.Struct]:
    """The struct of a cursor-paged answer: `{"results": [item], "next_cursor": str | None}`."""
    return msgspec.defstruct(name, [("results", list[item]), ("next_cursor", str | None)])


def refusals(*codes: ErrorCode, authenticated: bool = True) -> dict[int, OpenApiResponse]:
    """What a call may be refused with, by status, each naming its codes; those of authentication come on top."""
    always = [ErrorCode.AUTH_FAILED, ErrorCode.TOKEN_EXPIRED, ErrorCode.BANNED] if authenticated else []
    by_status: defaultdict[int, list[str]] = defaultdict(list)
    for code in dict.fromkeys([*always, *codes]):
        by_status[HTTP_STATUS[code]].append(f"`{code.value}`")
    return {
        status: OpenApiResponse(ErrorSerializer, description=" or ".join(named))
        for status, named in sorted(by_status.items())
    }
