/** Operations of the STS model that are not built yet; the house-rules test holds the list. */
export const absentOperations: readonly string[] = [
  "AssumeRoleWithSAML",
  "AssumeRoot",
  "GetDelegatedAccessToken",
  "GetScopedCredentials",
  "GetWebIdentityToken",
];
