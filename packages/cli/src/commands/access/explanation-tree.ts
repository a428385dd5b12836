import type { AccessExplanation } from "@rat/client";
import { printable } from "../../output/printable.ts";
import type { Paint, Tone } from "../../output/style.ts";

/** A thing that something was asked about, or that it lies in. */
interface Thing {
  readonly resource_type: string;
  readonly resource_id: string;
}

type AccessPath = NonNullable<AccessExplanation["paths"]>[number];
type Line = readonly [text: string, tone: Tone];

/** Why somebody may do something, or not, as a tree: the thing and what it lies in, each with what speaks for it. */
export function explanationTree(
  explanation: AccessExplanation,
  asked: Thing,
  paint: Paint,
): readonly string[] {
  const {
    allowed,
    reason,
    owner,
    ancestors,
    paths,
    by_role: byRole,
    decided_by: by,
    slot_state: state,
  } = explanation;
  const things = [{ ...asked, owner }, ...ancestors];
  const elsewhere = (paths ?? []).filter((path) => !things.some((thing) => isAt(path, thing)));
  const branches: readonly (readonly [head: string, leaves: readonly Line[]])[] = [
    ...things.map((thing, depth): readonly [string, readonly Line[]] => [
      `${depth === 0 ? "" : "in "}${nameOf(thing)}`,
      [
        [thing.owner === null ? "no owner" : `owner ${thing.owner}`, "plain"],
        ...(paths ?? []).filter((path) => isAt(path, thing)).map(pathLine),
      ],
    ]),
    ...(elsewhere.length === 0 ? [] : [["elsewhere", elsewhere.map(pathLine)] as const]),
    [
      "by the roles alone, says the auth slot",
      [[`${byRole.allowed ? "✓ allowed" : "✗ denied"}: ${byRole.reason}`, "plain"]],
    ],
    [
      "decided by",
      [
        [
          `enforcement, ${state}, served by ${by === "builtin" ? "the built-in" : `the ${by}`}`,
          by === "plugin" ? "plain" : "warning",
        ],
        ...(paths === null ? [["it does not say what speaks for it", "quiet"] as const] : []),
      ],
    ],
  ];
  return [
    `${paint(allowed ? "✓ allowed" : "✗ denied", allowed ? "good" : "bad")}  ${printable(reason)}`,
    ...branches.flatMap(([head, leaves], at) => {
      const last = at === branches.length - 1;
      return [
        `${last ? "└─" : "├─"} ${paint(printable(head), "strong")}`,
        ...leaves.map(
          ([text, tone], leaf) =>
            `${last ? "   " : "│  "}${leaf === leaves.length - 1 ? "└─" : "├─"} ${paint(printable(text), tone)}`,
        ),
      ];
    }),
  ];
}

function pathLine(path: AccessPath): Line {
  const { source, level, sufficient, grant_id: grant, granted_by: by, expires_at: end } = path;
  const facts = [
    ...(grant === null ? [] : [`grant ${grant}`]),
    ...(by === null ? [] : [`by ${by}`]),
    ...(end === null ? [] : [`until ${end}`]),
  ];
  const text = `${sufficient ? "✓" : "·"} ${level} by ${source}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}`;
  return [sufficient ? text : `${text}, which is not enough`, sufficient ? "good" : "quiet"];
}

function isAt(path: Thing, thing: Thing): boolean {
  return path.resource_type === thing.resource_type && path.resource_id === thing.resource_id;
}

function nameOf({ resource_type: type, resource_id: id }: Thing): string {
  return `${type} ${id}`.trimEnd();
}
