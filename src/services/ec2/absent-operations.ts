/** Operations of the part of the EC2 model that is spoken that are not built; the house-rules test holds the list. */
export const absentOperations: readonly string[] = [];
