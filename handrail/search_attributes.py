"""The search attributes that Handrail's runs carry, and how a Temporal namespace gets them.

SQL visibility (the dev server, PostgreSQL) has fixed columns per namespace: 10 Keyword, 3 of each other type, and
neither sorts nor groups by them. Values are never encrypted: nothing that names a person belongs here.
"""

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

SEARCH_ATTRIBUTES: dict[str, str] = {
    "HandrailTenant": "Keyword",
    "HandrailStatus": "Keyword",
    "HandrailQueue": "Keyword",
    "HandrailCall": "Keyword",
    "HandrailCustomer": "Keyword",
    "HandrailOwner": "Keyword",
    "HandrailCurrency": "Keyword",
    "HandrailDueAt": "Datetime",
    "HandrailValue": "Int",
}

_TYPES = {
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    "Int": IndexedValueType.INDEXED_VALUE_TYPE_INT,
}


async def missing(client: Client) -> list[str]:
    """The names that the client's namespace does not have yet.

    Raises ValueError when one exists with another type: that namespace cannot be used.
    """
    request = ListSearchAttributesRequest(namespace=client.namespace)
    present = (await client.operator_service.list_search_attributes(request)).custom_attributes
    for name, kind in SEARCH_ATTRIBUTES.items():
        if name in present and present[name] != _TYPES[kind]:
            raise ValueError(
                f"Search attribute {name} of namespace {client.namespace} is "
                f"{IndexedValueType.Name(present[name])}; {kind} is needed. Remove it there, or use another namespace."
            )
    return [name for name in SEARCH_ATTRIBUTES if name not in present]


async def ensure(client: Client) -> list[str]:
    """Creates what is missing; answers the names it created. They may take a second to be usable.

    A server's own `--search-attribute` flag covers only a new database, so this is needed after an upgrade too.
    """
    names = await missing(client)
    if not names:
        return []
    request = AddSearchAttributesRequest(
        namespace=client.namespace, search_attributes={name: _TYPES[SEARCH_ATTRIBUTES[name]] for name in names}
    )
    try:
        await client.operator_service.add_search_attributes(request)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:  # another process was faster
            raise
    return names
