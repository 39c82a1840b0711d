"""Request bodies straight from JSON bytes into contract types: unparsable is 400, a schema fault is 422."""

from collections.abc import Generator
from functools import lru_cache
from typing import Any, cast

import msgspec
from litestar._openapi.schema_generation import SchemaCreator
from litestar.dto import AbstractDTO
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.problems import field_fault

BODY_TYPE = "body_type"


@lru_cache(maxsize=256)
def _decoder(body_type: type[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(body_type)


def decode_body(body_type: type[Any], content: bytes) -> Any:
    """A body as its contract type. Raises Fault BAD_REQUEST when it is no JSON, INVALID when it does not fit."""
    try:
        return _decoder(body_type).decode(content)
    except msgspec.ValidationError as error:
        raise Fault(Code.INVALID, errors=[field_fault(error)]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Fault(Code.BAD_REQUEST, "The body is not JSON.") from None


class ContractBody(AbstractDTO[Any]):
    """Tells Litestar to hand the body's bytes to our decoder instead of parsing them into plain objects first."""

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: Any = None
    ) -> None:
        """Nothing is prepared: the type stands in the route's options."""

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition, None, None]:
        """No field is renamed or left out."""
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        """Nested types are the contract's own."""
        return False

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: SchemaCreator
    ) -> Reference | Schema:
        """The schema of the contract type itself."""
        return schema_creator.for_field_definition(field_definition)

    def decode_bytes(self, value: bytes) -> Any:
        """Decode the body for the route that is being answered."""
        scope = cast("dict[str, Any]", self.asgi_connection.scope)  # pyright: ignore[reportUnknownMemberType]  # generic base
        return decode_body(scope["route_handler"].opt[BODY_TYPE], value)
