export function inWords(seconds: number): string;
