/** Resource quotas at AWS's defaults (kms.md, section 13). */
export const grantsMost = 50_000;
export const keysMost = 100_000;
export const aliasesMost = 50;
