/** Files that are imported as the text they hold, to be served as they are. */
declare module "*?raw" {
  const text: string;
  export default text;
}
