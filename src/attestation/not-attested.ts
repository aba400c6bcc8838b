/** The document is not one to trust; the text says why. */
export class NotAttested extends Error {
  constructor(why: string) {
    super(why);
    this.name = "NotAttested";
  }
}
