const NOT_UTF8 = /not utf-?8 encoded|invalid utf-?8|utf-?16 encoding is not supported|as valid utf-?8/i;
const SOURCE = /^source (\w+):/;
const FILE = /(?:file = |in file "|of file ')([^\n"']+)/;

/** Why a query failed, in one line, from the many lines that the engine says. */
export function reasonOf(message: string): string {
  // What follows the first empty line shows the place in the SQL, or the settings of a reader.
  const reason = (message.split("\n\n", 1)[0] ?? "").replaceAll(/\s*\n\s*/g, "; ");
  if (!NOT_UTF8.test(message)) return reason;
  const source = SOURCE.exec(message)?.[1];
  if (source !== undefined) {
    return `source ${source} is not UTF-8: give it the encoding latin-1 or utf-16 when it is CSV; JSON must be UTF-8 (${reason})`;
  }
  const file = FILE.exec(message)?.[1];
  return (
    `${file === undefined ? "a file" : `the file ${file}`} is not UTF-8: store it as UTF-8, or, when it is CSV in the ` +
    `folder of the namespace, read it with read_csv('…', encoding = 'latin-1') or 'utf-16' (${reason})`
  );
}
