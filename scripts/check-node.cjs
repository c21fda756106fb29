/**
 * Exits with a message if Node is too old for the scripts, which are TypeScript and use its SQLite. npm runs this file
 * before `npm start`, so it is CommonJS that every version of Node can parse.
 */
var NEEDED = 24;

if (Number(process.versions.node.split(".")[0]) < NEEDED) {
  console.error(
    "cannot start: Node " +
      NEEDED +
      " or later is required, but this is " +
      process.versions.node +
      ". `npm ci` installs Node for the project, unless install scripts are disabled.",
  );
  process.exit(1);
}
