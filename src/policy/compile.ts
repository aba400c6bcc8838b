/** A policy document compiled once: statements with matchers, no RegExp. */
export interface CompiledPolicy {
  readonly text: string;
}
