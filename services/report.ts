/** Where long preparations say what they do: one line a call, for people. */
export type Report = (line: string) => void;

export const silent: Report = () => undefined;
