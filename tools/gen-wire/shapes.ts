/** One service as its clients see it, with the limits of its input: what the generator works on. */

/** Members in the schema's own order. */
export type Structure = Readonly<Record<string, Member>>;

export type Member = Shape & { readonly required?: true; readonly place?: Place };

/** Where a member stands on the wire, as far as that is not its own name in the body. */
export interface Place {
  /** EC2: its name among the parameters. */
  readonly parameter?: string;
  /** EC2: its element in an answer. */
  readonly element?: string;
  readonly label?: true;
  readonly payload?: true;
  readonly header?: string;
  readonly query?: string;
}

export type SimpleType = "string" | "integer" | "number" | "boolean" | "timestamp" | "blob";

export interface Limits {
  /** Characters of a string, bytes of a blob, elements of a list or map, value of a number; inclusive. */
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  /** What JavaScript is to match, where it would read `pattern` differently. */
  readonly expression?: string;
  readonly enum?: readonly string[];
  readonly sensitive?: true;
}

export interface Simple extends Limits {
  readonly type: SimpleType;
}
export interface List extends Limits {
  readonly type: "list";
  readonly element: Shape;
  /** XML: the elements stand in the parent, without a list element around them. */
  readonly flattened?: true;
}
export interface WireMap extends Limits {
  readonly type: "map";
  readonly key: Simple;
  readonly value: Shape;
  readonly flattened?: true;
}
export interface StructureReference extends Limits {
  readonly type: "structure";
  readonly name: string;
}
export type Shape = Simple | List | WireMap | StructureReference;

/** A modelled error: its code on the Query wire and its HTTP status there. */
export type ErrorEntry = readonly [code: string, status: number];
