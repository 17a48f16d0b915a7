using System.Reflection;

namespace Orderly.Domain.Deciding;

/// <summary>A kind of stream, as its aggregate says.</summary>
/// <param name="IsId">Whether a text can be the id of one.</param>
public sealed record StreamCategory(string Name, Func<string, bool> IsId)
{
    /// <summary>Those of the aggregates among these types, by name.</summary>
    /// <exception cref="IncompleteException">Two aggregates have one category, or one can't be told from an id.</exception>
    public static IReadOnlyDictionary<string, StreamCategory> AllOf(IEnumerable<Type> types)
    {
        var categories = new SortedDictionary<string, StreamCategory>(StringComparer.Ordinal);
        foreach (var type in types.Where(IsAggregate))
        {
            var category = (StreamCategory)typeof(StreamCategory).GetMethod(nameof(Of), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(type).Invoke(null, null)!;
            if (category.Name.Length == 0 || !category.Name.All(char.IsAsciiLetterLower))
            {
                throw new IncompleteException($"The category of {type.Name} is '{category.Name}'; it must be lower-case letters.");
            }

            if (!categories.TryAdd(category.Name, category))
            {
                throw new IncompleteException(
                    $"The category '{category.Name}' of {type.Name} is that of another aggregate, whose streams would have its names.");
            }
        }

        return categories;
    }

    private static bool IsAggregate(Type type)
        => type.GetInterfaces().Any(one => one.IsConstructedGenericType && one.GetGenericTypeDefinition() == typeof(IAggregate<>));

    private static StreamCategory Of<TState>()
        where TState : class, IAggregate<TState>
        => new(TState.Category, TState.IsId);
}
