/**
 * Ends with a sentence where Node is too old for the scripts, which are TypeScript and use its SQLite. Plain CommonJS of
 * the oldest kind, so that every Node can read it: npm runs it before `npm start`.
 */
var NEEDED = 24;

if (Number(process.versions.node.split(".")[0]) < NEEDED) {
  console.error(
    "cannot start: Node " +
      NEEDED +
      " or later is needed, and this is " +
      process.versions.node +
      ". `npm ci` installs one for the project, unless it was told to run no install scripts.",
  );
  process.exit(1);
}
