using System.Text.Json.Nodes;

namespace Orderly.Api.Tests;

/// <summary>
/// Finds what breaks a client between two OpenAPI documents: what is gone, what must be given now, what is allowed no longer, and what
/// an answer may hold now that it did not. A schema of its own is told of once for requests and once for answers.
/// </summary>
internal sealed class BreakingChanges
{
    private static readonly string[] s_lowerBounds = ["minLength", "minItems", "minimum"];
    private static readonly string[] s_upperBounds = ["maxLength", "maxItems", "maximum"];

    private readonly JsonNode _before;
    private readonly JsonNode _after;
    private readonly List<string> _found = [];
    private readonly HashSet<string> _compared = new(StringComparer.Ordinal);

    private BreakingChanges(JsonNode before, JsonNode after) => (_before, _after) = (before, after);

    /// <returns>One sentence for each.</returns>
    public static IReadOnlyList<string> Between(JsonNode before, JsonNode after)
    {
        var changes = new BreakingChanges(before, after);
        foreach (var (path, operations) in Members(before["paths"]))
        {
            foreach (var (method, operation) in Members(operations))
            {
                var name = $"{method.ToUpperInvariant()} {path}";
                if (after["paths"]![path]?[method] is { } now)
                {
                    changes.CompareOperations(operation, now, name);
                }
                else
                {
                    changes._found.Add($"{name} is gone.");
                }
            }
        }

        return changes._found;
    }

    private void CompareOperations(JsonNode before, JsonNode after, string name)
    {
        Break(Text(before, "operationId") != Text(after, "operationId"), $"{name} is no longer called {Text(before, "operationId")}.");
        CompareParameters(Parameters(before), Parameters(after), name);
        var (body, bodyNow) = (before["requestBody"], after["requestBody"]);
        Break(body is not null && bodyNow is null, $"{name} takes no body.");
        Break(IsTrue(bodyNow, "required") && !IsTrue(body, "required"), $"{name} needs a body.");
        CompareContents(body, bodyNow, isRequest: true, $"The body of {name}");
        foreach (var (status, response) in Members(before["responses"]))
        {
            var now = after["responses"]![status];
            Break(now is null, $"{name} no longer answers {status}.");
            CompareContents(response, now, isRequest: false, $"The answer {status} of {name}");
        }
    }

    private void CompareParameters(Dictionary<string, JsonNode> before, Dictionary<string, JsonNode> after, string name)
    {
        foreach (var (key, parameter) in before)
        {
            if (after.TryGetValue(key, out var now))
            {
                CompareSchemas(parameter["schema"]!, now["schema"]!, isRequest: true, $"The parameter {key} of {name}");
            }
            else
            {
                _found.Add($"{name} takes no parameter {key}.");
            }
        }

        foreach (var (key, parameter) in after)
        {
            Break(
                IsTrue(parameter, "required") && !(before.TryGetValue(key, out var earlier) && IsTrue(earlier, "required")),
                $"{name} needs the parameter {key}.");
        }
    }

    private void CompareContents(JsonNode? before, JsonNode? after, bool isRequest, string where)
    {
        if (after is null)
        {
            return;
        }

        foreach (var (type, media) in Members(before?["content"]))
        {
            if (after["content"]?[type] is { } now)
            {
                CompareSchemas(media["schema"]!, now["schema"]!, isRequest, where);
            }
            else
            {
                _found.Add($"{where} is no longer {type}.");
            }
        }
    }

    private void CompareSchemas(JsonNode before, JsonNode after, bool isRequest, string where)
    {
        var (old, wasNullable) = Resolve(_before, before);
        var (now, isNullable) = Resolve(_after, after);
        Break(isRequest ? wasNullable && !isNullable : isNullable && !wasNullable, $"{where} {(isNullable ? "can be" : "can't be")} null.");
        if (Text(before, "$ref") is { } reference)
        {
            where = $"{reference.Split('/')[^1]} in {(isRequest ? "requests" : "answers")}:";
            if (!_compared.Add(where))
            {
                return;
            }
        }

        foreach (var keyword in (string[])["type", "format", "pattern", "oneOf", "allOf", "anyOf"])
        {
            // Wider or narrower: the type in a generated client is another one.
            Break(!JsonNode.DeepEquals(old[keyword], now[keyword]), $"{where} has another {keyword}.");
        }

        CompareValues(old, now, isRequest, where);
        CompareProperties(old, now, isRequest, where);
        if (old["items"] is { } items && now["items"] is { } itemsNow)
        {
            CompareSchemas(items, itemsNow, isRequest, $"{where} items");
        }
    }

    private void CompareValues(JsonNode before, JsonNode after, bool isRequest, string where)
    {
        var (old, now) = (Values(before, "enum"), Values(after, "enum"));
        if (old is not null || now is not null)
        {
            // Without a list, any value is possible.
            Break(isRequest && now is not null && old?.IsSubsetOf(now) != true, $"{where} takes fewer values.");
            Break(!isRequest && old is not null && now?.IsSubsetOf(old) != true, $"{where} can have further values.");
        }

        foreach (var bound in isRequest ? s_lowerBounds : [])
        {
            Break(Number(after, bound) is { } least && !(Number(before, bound) >= least), $"{where} has a higher {bound}.");
        }

        foreach (var bound in isRequest ? s_upperBounds : [])
        {
            Break(Number(after, bound) is { } most && !(Number(before, bound) <= most), $"{where} has a lower {bound}.");
        }
    }

    private void CompareProperties(JsonNode before, JsonNode after, bool isRequest, string where)
    {
        var (required, requiredNow) = (Values(before, "required") ?? [], Values(after, "required") ?? []);
        foreach (var (name, property) in Members(before["properties"]))
        {
            if (after["properties"]?[name] is { } now)
            {
                CompareSchemas(property, now, isRequest, $"{where} {name}");
                Break(!isRequest && required.Contains(name) && !requiredNow.Contains(name), $"{where} {name} may be missing.");
            }
            else
            {
                _found.Add($"{where} {name} is gone.");
            }
        }

        foreach (var name in isRequest ? requiredNow.Except(required) : [])
        {
            _found.Add($"{where} {name} must be given.");
        }
    }

    /// <summary>The schema itself, and whether null is allowed beside it.</summary>
    private static (JsonNode Schema, bool IsNullable) Resolve(JsonNode document, JsonNode schema)
    {
        if (schema["oneOf"] is JsonArray { Count: 2 } choices && IsTrue(choices[1], "nullable"))
        {
            return (Resolve(document, choices[0]!).Schema, true);
        }

        if (Text(schema, "$ref") is { } reference)
        {
            schema = reference.Split('/').Skip(1).Aggregate(document, (node, name) => node[name]!);
        }

        return (schema, IsTrue(schema, "nullable"));
    }

    private void Break(bool isBroken, string sentence)
    {
        if (isBroken)
        {
            _found.Add(sentence);
        }
    }

    private static Dictionary<string, JsonNode> Parameters(JsonNode operation)
        => (operation["parameters"]?.AsArray() ?? []).ToDictionary(one => $"{Text(one!, "name")} ({Text(one!, "in")})", one => one!);

    private static IEnumerable<(string Name, JsonNode Value)> Members(JsonNode? node)
        => node?.AsObject().Select(member => (member.Key, member.Value!)) ?? [];

    private static HashSet<string>? Values(JsonNode schema, string keyword)
        => schema[keyword]?.AsArray().Select(value => value?.ToString() ?? "null").ToHashSet(StringComparer.Ordinal);

    private static string? Text(JsonNode node, string keyword) => node[keyword]?.GetValue<string>();

    private static decimal? Number(JsonNode node, string keyword) => node[keyword]?.GetValue<decimal>();

    private static bool IsTrue(JsonNode? node, string keyword) => node?[keyword]?.GetValue<bool>() == true;
}
