"""An import-linter contract: every folder of `connectors/` is a vendor, and vendors are known to nobody.

A new vendor is one folder and is registered nowhere, so the contract finds the folders by itself.
"""

from importlib.machinery import PathFinder

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

ADVICE = """
A vendor's folder is imported by the wiring only: never by another vendor, by the contract files or from above; and it
never imports the conformance kit. Ask for the port (a Protocol in connectors/*.py) in the constructor instead; what two
vendors need belongs into a contract file. See docs/architecture.md, 'The arrows'."""


class VendorContract(Contract):
    """`package`: where the folders are. `kit`: the folder that is no vendor but the tests that each must pass.
    `wired_by`: the modules that may import a vendor."""

    type_name = "vendors"

    package = fields.StringField()
    kit = fields.StringField()
    wired_by = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        package, kit, allowed = str(self.package), str(self.kit), {str(module) for module in _given(self.wired_by)}
        vendors = [name for name in sorted(graph.find_children(package)) if name != kit and _is_folder(name)]
        broken = [
            (importer, imported)
            for vendor in vendors
            for imported in sorted(_tree(graph, vendor))
            for importer in sorted(graph.find_modules_that_directly_import(imported) - _tree(graph, vendor) - allowed)
        ]
        broken += [
            (importer, imported)
            for vendor in vendors
            for importer in sorted(_tree(graph, vendor))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if f"{imported}.".startswith(f"{kit}.")
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"{importer} imports {imported}", bold=True)
        output.print(ADVICE)


def _given(modules: object) -> set[str]:
    """import-linter replaces the declared field by the set that the configuration gives, or None."""
    return modules if isinstance(modules, set) else set()


def _tree(graph: ImportGraph, package: str) -> set[str]:
    return {package, *graph.find_descendants(package)}


def _is_folder(module: str) -> bool:
    package, _, name = module.rpartition(".")
    parent = PathFinder.find_spec(package)
    spec = PathFinder.find_spec(name, parent.submodule_search_locations) if parent else None
    return bool(spec and spec.submodule_search_locations)
