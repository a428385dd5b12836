/** Words that readers mix up, and what to say in their place. docs/reference/glossary.md explains the latter. */
export const WORDS: readonly { readonly wrong: RegExp; readonly say: string }[] = [
  { wrong: /\b(other|all|several|many|two|three|number of) ratd\b/i, say: "replicas" },
  { wrong: /\b(another|each|every) ratd\b/i, say: "replica" },
  { wrong: /\bratds?\s+of\s+(one|the same|the)\s+database\b/i, say: "replicas" },
  { wrong: /\*\* What [\w ']+ (is|are) (made|put together) from\./, say: "what it needs, or nothing" },
  { wrong: /\btraceparent: ""/, say: "newCallContext, which begins a trace" },
];

/** Each wrong word of a text, with its line and what to say. */
export function wrongWords(path: string, text: string): readonly string[] {
  return text.split("\n").flatMap((line, at) =>
    WORDS.flatMap(({ wrong, say }) => {
      const [word] = wrong.exec(line) ?? [];
      return word === undefined ? [] : [`${path}:${at + 1}: "${word}": say ${say}`];
    }),
  );
}
