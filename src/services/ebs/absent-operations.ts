/** Operations of the EBS direct model that are not built; the house-rules test holds the list. */
export const absentOperations: readonly string[] = [];
