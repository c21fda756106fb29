/** Files that are imported as text and served unchanged. */
declare module "*?raw" {
  const text: string;
  export default text;
}
