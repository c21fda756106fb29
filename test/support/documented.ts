export async function expectDocumented(_method: string, _path: string, _response: Response): Promise<void> {}
