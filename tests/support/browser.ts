/** The little of a browser that it takes to sign in: cookies, redirects, and one form on each page. */
export class Browser {
  readonly #cookies = new Map<string, string>();
  #url = "";
  #page = "";

  /** The page that is open, HTML. */
  get page(): string {
    return this.#page;
  }

  /** True while the page has a form to send. */
  get hasForm(): boolean {
    return /<form/.test(this.#page);
  }

  /** Opens an address and follows where it leads. */
  async open(url: string): Promise<void> {
    await this.#go(url, undefined);
  }

  /** Sends the form of the page: its hidden fields as they are, and those of the person where it asks for them. */
  async submit(person: Readonly<Record<string, string>>): Promise<void> {
    const action = attribute(/<form[^>]*>/.exec(this.#page)?.[0] ?? "", "action") ?? this.#url;
    const fields = new URLSearchParams();
    for (const [input] of this.#page.matchAll(/<input[^>]*>/g)) {
      const name = attribute(input, "name");
      if (name !== undefined) fields.set(name, person[name] ?? attribute(input, "value") ?? "");
    }
    await this.#go(new URL(action, this.#url).href, fields);
  }

  async #go(url: string, form: URLSearchParams | undefined): Promise<void> {
    let next: string | undefined = url;
    let body = form;
    for (let hops = 0; next !== undefined; hops++) {
      if (hops > 10) throw new Error(`too many redirects from ${url}`);
      this.#url = next;
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await fetch(next, {
        redirect: "manual",
        headers: { cookie },
        ...(body === undefined ? {} : { method: "POST", body }),
      });
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === "") this.#cookies.delete(name);
        else this.#cookies.set(name, value);
      }
      this.#page = await response.text();
      const location = response.headers.get("location");
      next = location === null ? undefined : new URL(location, next).href;
      body = undefined;
    }
  }
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll("&amp;", "&");
}
