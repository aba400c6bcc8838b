/** Operations of the KMS model that are not built yet; the house-rules test holds the list. */
export const absentOperations: readonly string[] = [];
