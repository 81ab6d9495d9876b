"""What a source will hold: a proved model, the stages that serve its parts, and their tables.

The question which parts a model has is answered here: size estimates, `rs2c inspect`, the model card and the templates
read the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from rs2c.emit.options import EmitOptions
from rs2c.emit.stage import Helper, Site, Size, Stage
from rs2c.emit.strategy import STRATEGIES, stages_of
from rs2c.emit.tables import Table, avr_problem
from rs2c.model.bounds import prove
from rs2c.model.int32 import Bound
from rs2c.model.integer_model import IntegerModel


@dataclass(frozen=True, eq=False)
class Plan:
    """A source before it is rendered."""

    name: str
    model: IntegerModel
    options: EmitOptions
    bounds: tuple[Bound, ...]
    stages: tuple[Stage, ...]

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """Constant tables of the source, in the order in which the computation meets them."""
        own = [table for stage in self.stages for table in stage.tables()]
        return (*own, *(table for stage in self.stages for table in stage.closing_tables()))

    @property
    def sizes(self) -> tuple[Size, ...]:
        """Macros for sizes: what several stages share, then those of each."""
        shared = [size for stage in self.stages for size in stage.shared_sizes()]
        return tuple(dict.fromkeys([*shared, *(size for stage in self.stages for size in stage.sizes())]))

    @property
    def helpers(self) -> tuple[Helper, ...]:
        """Functions that several stages call, a function after those that it calls."""
        return tuple(sorted({helper for stage in self.stages for helper in stage.helpers}))

    @property
    def pieces(self) -> tuple[str, ...]:
        """Pieces of code, some more than once, by the names of `rs2c.measure.size_estimate`."""
        packed = ["packed table" for table in self.tables if table.packed]
        cut = ["table without its last entries" for table in self.tables if table.last is not None]
        return ("frame", *(piece for stage in self.stages for piece in stage.pieces()), *packed, *cut)

    @property
    def table_bytes(self) -> int:
        """Bytes of the tables, those of the self-test left out."""
        return sum(table.entries * table.width for table in self.tables)

    @property
    def local_bytes(self) -> int:
        """Bytes of the arrays that predict (values) has on the stack: scores, group sums, projected inputs."""
        return sum(stage.local_bytes() for stage in self.stages)

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Which parts the model has, for people: (what, how)."""
        own = [fact for stage in self.stages for fact in stage.facts()]
        return (*own, *(fact for stage in self.stages for fact in stage.closing_facts()))

    @property
    def avr_problem(self) -> str | None:
        """Why an AVR cannot read the tables, or None where it can."""
        return avr_problem(self.tables, self.name)


def plan_of(model: IntegerModel, options: EmitOptions | None = None, name: str = "model") -> Plan:
    """The plan of the source `name`.c; raises BoundError where the model cannot be proved."""
    options, bounds = options or EmitOptions(), prove(model)
    strategy = STRATEGIES[options.strategy]
    return Plan(name, model, options, bounds, stages_of(Site(name, model, strategy.packs), strategy))


def plan_text(plan: Plan) -> str:
    """The plan for people: stages with what they serve and store, bounds."""
    lines = [f"plan of {plan.name}: strategy {plan.options.strategy}", ""]
    for stage in plan.stages:
        tables = [*stage.tables(), *stage.closing_tables()]
        stored = ", ".join(_stored(table) for table in tables)
        lines.append(f"{stage.section:<10}  {type(stage).__name__:<16}  {stored}".rstrip())
    lines += ["", f"{plan.table_bytes} bytes of tables, {plan.local_bytes} bytes of arrays on the stack", ""]
    lines += [f"{bound.name:<14}  |value| <= {bound.largest} < {bound.limit}" for bound in plan.bounds]
    return "\n".join(lines)


def _stored(table: Table) -> str:
    if table.literal is not None:
        return f"{table.name} = {table.literal}"
    half = "half-" if table.packed else ""
    return f"{table.name} {half}{table.c_type}[{table.entries}]"
